// Answers that come in pages: one page by default, all of them with `--all`.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "escape.h"
#include "session.h"

namespace purser::tools {

struct PageArguments {
  std::optional<std::string> limit;
  std::optional<std::string> after;
  bool all = false;
};

void add_page_options(CLI::App& verb, PageArguments& arguments);
Result<PageRequest> first_page(const PageArguments& arguments);

/// How items of one kind are told: as JSON they have `json_of` unless `json` is set.
template <class Item>
struct Listing {
  std::vector<Column> columns;
  std::function<std::vector<Cell>(const Item&)> row;
  std::function<Json(const Item&)> json = [](const Item& item) { return json_of(item); };
};

/// With `--json` a page is one object and `--all` gives one object a line for every item; without,
/// rows of a table. `fetch` gives the page that is asked for.
template <class Item, class Fetch>
Outcome list_pages(Session& session, const PageArguments& arguments, const Listing<Item>& listing,
                   Fetch fetch) {
  auto request = first_page(arguments);
  if (!request) return request.error();
  Table table(listing.columns, session.colour());
  while (true) {
    const Result<Page<Item>> page = fetch(*request);
    if (!page) return page.error();
    Json items = Json::array();
    for (const Item& item : page->items) {
      if (!session.json()) {
        table.add(listing.row(item));
      } else if (arguments.all) {
        session.out().json(listing.json(item));
      } else {
        items.push_back(listing.json(item));
      }
    }
    session.out().write(table.take());
    if (!arguments.all && session.json()) {
      Json answer{{"items", std::move(items)}};
      put_optional_text(answer, "next", page->next);
      session.out().json(answer);
    } else if (!arguments.all && page->next) {
      session.hint(fmt::format("there is more: --after '{}', or --all", escape(*page->next)));
    }
    if (!arguments.all || !page->next || session.out().failed()) return kDone;
    request->after = page->next;
  }
}

}  // namespace purser::tools
