"""The generated messages of `trackside.v1`, and gRPC's own stubs for whoever wants to call without the client."""
