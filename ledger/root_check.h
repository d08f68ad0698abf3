// Compares the tree with the roots that were written down when the log was shorter.
#pragma once

#include <optional>

#include "anchor.h"
#include "findings.h"
#include "projection.h"
#include "purser/status.h"

namespace purser {

/// Looks at the roots in the anchor, of the ledger that this one was made of, and of all
/// checkpoints; and at the signatures of these. What they are compared with is the rows of
/// projection `merkle`, which are compared with the events as those of every projection are: it
/// tells nothing where they differ. Where an older version has made none that this one reads, it is
/// the events. Errors: Corruption of a row or an event; Io.
Result<Findings> check_roots(const View& view, const LedgerId& ledger,
                             const std::optional<AnchorMark>& anchor);

}  // namespace purser
