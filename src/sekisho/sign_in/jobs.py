"""What the settings leave to be done afterwards.

A process may go by the old policy for the second in which others have not told it of the new one, and give a new user
the key of the old. The second look finds him.
"""

from datetime import timedelta

#: Computes the keys of usernames anew, by the policy in force.
RENEW_USERNAME_KEYS = "sign_in.renew_username_keys"
#: By then no process goes by the old policy.
EVERYBODY_KNOWS = timedelta(seconds=10)
