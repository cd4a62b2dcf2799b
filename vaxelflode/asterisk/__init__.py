"""The only place that speaks AMI and ARI. Typed requests, deadlines, no replay."""
