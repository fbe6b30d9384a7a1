"""HTTP: from Falcon's request to the router and back. The only package of the API server that imports falcon."""
