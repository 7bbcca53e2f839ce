"""How calls reach the sidecar: connections, the pipeline, deadlines and retries."""
