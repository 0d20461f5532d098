"""What e-mails say, by language and purpose. Texts only: connectors fill them in and send them."""
