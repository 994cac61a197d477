"""Plays, lists, one voice per account, capacity, owners, words: from the engine's rows to a decision. Pure."""
