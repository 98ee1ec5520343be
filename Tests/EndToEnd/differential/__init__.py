"""The same calls to Flower 2.2 and to Calyx, on the same broker and the same workers, compared field by field."""
