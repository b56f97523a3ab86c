"""What a night does outside the store: files of servers, archives, PGP, mail, call-backs, retention.

Nothing here knows a configuration or a store. Functions take typed values, do one thing, and can be called again after
a failure or a kill: what is unfinished has a temporary name, which the next call writes over.
"""
