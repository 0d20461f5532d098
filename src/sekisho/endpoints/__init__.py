"""Protocol HTTP: everything that machines and browsers call by standards rather than by our own APIs.

Translates requests into the protocol's types and its answers back; decides nothing.
"""
