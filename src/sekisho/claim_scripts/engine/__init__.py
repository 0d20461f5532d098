"""Runs scripts of tenants in a child process: the server process loads no engine and runs no line of theirs.

`supervisor.ScriptEngine` is the way in. `worker` holds the child's other end, `fetching` calls others on its behalf;
`child`, `cell` and the two JavaScript files are what runs there, and import nothing of ours but `frames`.
"""
