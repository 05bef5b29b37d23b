"""Reports that go out: what stands in them, as an e-mail and as a message in Slack."""
