"""The audit log: what people and programs did, or tried. Written in groups, kept as long as the operator says."""
