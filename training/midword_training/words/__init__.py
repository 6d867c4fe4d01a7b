"""The words and phrases of documents, counted, and those that get tokens of their own."""
