"""What tests of this server build on, shipped with it: the suites an engine must pass, the client, the builders, the response shapes."""
