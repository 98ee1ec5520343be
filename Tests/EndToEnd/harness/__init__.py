"""What the end-to-end tests start: real servers, as processes of their own, on free ports of loopback."""
