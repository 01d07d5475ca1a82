"""Why a finding is given in a line, or why none is: the facts that the engine saw there."""
