"""Signing in, registering and resetting a password, as one state machine with two surfaces.

`flow.py` is its handle, `steps/` what can be done, `policy.py` what the settings demand, `dispatch.py` the one place
that chooses what a person sees next. The state lives in the interaction of the OpenID provider (`state.py`).
"""
