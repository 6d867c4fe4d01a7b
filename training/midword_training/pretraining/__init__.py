"""The bundled model, its lexicon, phrases and mixture, made from corpora with licences."""
