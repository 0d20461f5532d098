"""Users: who they are, what names them, whether they may come in. How they prove it is not decided here."""
