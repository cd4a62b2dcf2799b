"""The node's side of a change: publish, prove, confirm; or restore and prove the restore."""
