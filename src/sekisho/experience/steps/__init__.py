"""What can be done in a flow, one file per thing: each takes the state and returns the state that follows."""
