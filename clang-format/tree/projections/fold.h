// Fold.
