"""The attack corpus, the runner that executes it byte for byte, and the tests of what bytes alone cannot say."""
