"""The audits: each takes batches of contents, or a tree, and yields findings."""
