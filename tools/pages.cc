#include "pages.h"

#include "parse.h"
#include "verb_options.h"

namespace purser::tools {

void add_page_options(CLI::App& verb, PageArguments& arguments) {
  CLI::Option* limit = add_text_option(verb, "--limit", arguments.limit, "N",
                                       "Items of a page, up to 1000; 100 unless given");
  add_text_option(verb, "--after", arguments.after, "CURSOR", "Go on where an earlier page ended");
  verb.add_flag("--all", arguments.all, "Everything, as it is read; with --json one object a line")
      ->excludes(limit);
}

Result<PageRequest> first_page(const PageArguments& arguments) {
  PageRequest request;
  request.after = arguments.after;
  if (arguments.all) request.limit = kPageLimitMax;
  if (arguments.limit) {
    const auto limit = parse_number("--limit", *arguments.limit, 1);
    if (!limit) return limit.error();
    request.limit = *limit;
  }
  return request;
}

}  // namespace purser::tools
