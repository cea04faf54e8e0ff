"""Where needs meet who can answer them: problems with questions, sealed proposals, ratings and agreements; and standing offers."""
