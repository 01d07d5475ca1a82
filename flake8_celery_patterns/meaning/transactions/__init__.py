"""The database side: transactions, writes, and where Django calls what it is handed."""
