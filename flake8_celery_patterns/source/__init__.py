"""Text: deciding what to parse, parsing it once, walking it once, finding places in it."""
