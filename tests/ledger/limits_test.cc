// Every argument at its limit, one byte beyond it, and with bytes that are no text.
#include <gtest/gtest.h>

#include <functional>

#include "support/test_ledger.h"

namespace purser::limits_test {
namespace {

struct Limit {
  std::string what;
  std::size_t bytes_max;
  // Gives the text to some command or query.
  std::function<Status(Ledger&, const std::string&)> use;
  bool may_be_empty = false;
  bool may_hold_controls = false;
};

void PrintTo(const Limit& limit, std::ostream* out) {
  *out << limit.what << " of " << limit.bytes_max << " bytes";
}

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status() : Status(result.error());
}

template <class Options>
Options on_channel(const std::string& channel) {
  Options options;
  options.channel = channel;
  return options;
}

Context with_actor(const std::string& actor) {
  Context context;
  context.actor = actor;
  return context;
}
Context with_reason(const std::string& reason) {
  Context context;
  context.reason = reason;
  return context;
}

std::vector<Limit> pointer_limits() {
  const auto on = [](std::string what, std::size_t bytes_max, auto use) {
    return Limit{std::move(what), bytes_max, use};
  };
  return {
      on("owner", 255,
         [](Ledger& l, const std::string& t) {
           const auto created = l.create(t);
           if (created) must(l.mark_ready_external(created->id, "s3://x", 1));
           return status_of(l.promote(t, created ? created->id : DeploymentId{1}));
         }),
      on("owner", 255,
         [](Ledger& l, const std::string& t) {
           const auto answer = l.rollback(t);
           const bool as_expected = !answer && answer.error().is<NoPreviousDeployment>();
           return as_expected ? Status() : status_of(answer);
         }),
      on("owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.clear(t)); }),
      on("owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.list(t)); }),
      on("owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.active(t)); }),
      on("owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.pointer(t)); }),
      on("owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.activations(t)); }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) {
           return status_of(l.promote("demo", ready(l), on_channel<PromoteOptions>(t)));
         }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) {
           return status_of(l.rollback_to("demo", ready(l), on_channel<RollbackToOptions>(t)));
         }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) {
           return status_of(l.clear("demo", on_channel<ClearOptions>(t)));
         }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) {
           const auto answer = l.rollback("demo", on_channel<RollbackOptions>(t));
           const bool as_expected = !answer && answer.error().is<NoPreviousDeployment>();
           return as_expected ? Status() : status_of(answer);
         }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) { return status_of(l.active("demo", t)); }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) { return status_of(l.pointer("demo", t)); }),
      on("channel", 128,
         [](Ledger& l, const std::string& t) { return status_of(l.activations("demo", t)); }),
  };
}

std::vector<Limit> deployment_limits() {
  return {
      {"owner", 255, [](Ledger& l, const std::string& t) { return status_of(l.create(t)); }},
      {"actor", 255,
       [](Ledger& l, const std::string& t) {
         return status_of(l.create("demo", {}, with_actor(t)));
       },
       true},  // empty: that of the options
      {"actor", 255,
       [](Ledger&, const std::string& t) {
         Options options;
         options.actor = t;
         return status_of(Ledger::in_memory(options));
       }},
      {"reason", 4096,
       [](Ledger& l, const std::string& t) {
         return status_of(l.create("demo", {}, with_reason(t)));
       },
       true, true},
      {"request id", 128,
       [](Ledger& l, const std::string& t) {
         return status_of(l.create("demo", {}, as_request(t)));
       }},
      {"source_ref", 1024,
       [](Ledger& l, const std::string& t) {
         CreateOptions options;
         options.source_ref = t;
         return status_of(l.create("demo", options));
       },
       true, true},
      {"label key", 128,
       [](Ledger& l, const std::string& t) {
         CreateOptions options;
         options.labels[t] = "value";
         return status_of(l.create("demo", options));
       }},
      {"label value", 1024,
       [](Ledger& l, const std::string& t) {
         CreateOptions options;
         options.labels["key"] = t;
         return status_of(l.create("demo", options));
       },
       true, true},
      {"failure code", 128,
       [](Ledger& l, const std::string& t) {
         return status_of(l.mark_failed(create(l), t, "message"));
       }},
      {"failure message", 8192,
       [](Ledger& l, const std::string& t) {
         return status_of(l.mark_failed(create(l), "code", t));
       },
       true, true},
      {"location", 4096,
       [](Ledger& l, const std::string& t) {
         return status_of(l.mark_ready_external(create(l), t, 1));
       }},
  };
}

class Limits : public testing::TestWithParam<Limit> {
 protected:
  Status use(const std::string& text) { return GetParam().use(*ledger, text); }
  TestLedger ledger{Where::memory};
};

TEST_P(Limits, TheLimitIsAllowedAndOneMoreByteIsNot) {
  const std::size_t max = GetParam().bytes_max;
  EXPECT_TRUE(ok(use(std::string(max, 'x'))));
  const auto refusal = failure_of<LimitExceeded>(use(std::string(max + 1, 'x')));
  EXPECT_EQ(refusal.what, GetParam().what);
  EXPECT_EQ(refusal.limit, max);
  EXPECT_EQ(refusal.actual, max + 1);
}

TEST_P(Limits, BytesAreCountedNotCharacters) {
  std::string text;
  while (text.size() + 3 <= GetParam().bytes_max) text += "\xe2\x82\xac";
  EXPECT_TRUE(ok(use(text)));
  EXPECT_EQ(failure_of<LimitExceeded>(use(text + "\xe2\x82\xac")).actual, text.size() + 3);
}

TEST_P(Limits, EmptyIsAllowedOnlyWhereItMeansSomething) {
  if (GetParam().may_be_empty) {
    EXPECT_TRUE(ok(use("")));
  } else {
    EXPECT_EQ(failure_of<InvalidArgument>(use("")).what, GetParam().what);
  }
}

TEST_P(Limits, OnlyTextIsAllowed) {
  for (const std::string text :
       {"a\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xf4\x90\x80\x80",
        "cut\xe2\x82", "\x80", "\xf0\x80\x80\x80"}) {
    EXPECT_EQ(failure_of<InvalidArgument>(use(text)).what, GetParam().what);
  }
  EXPECT_TRUE(ok(use("gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x80 \xef\xbf\xbd")));
}

TEST_P(Limits, ControlCharactersAreRefusedInNames) {
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("\x1b[31m"), std::string("\x7f"),
        std::string("\xc2\x9b")}) {
    if (GetParam().may_hold_controls) {
      EXPECT_TRUE(ok(use(text)));
    } else {
      EXPECT_EQ(failure_of<InvalidArgument>(use(text)).what, GetParam().what);
    }
  }
}

std::string name_of(const testing::TestParamInfo<Limit>& each) {
  std::string name = each.param.what + std::to_string(each.index);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Deployment, Limits, testing::ValuesIn(deployment_limits()), name_of);
INSTANTIATE_TEST_SUITE_P(Pointer, Limits, testing::ValuesIn(pointer_limits()), name_of);

class Counts : public testing::Test {
 protected:
  TestLedger ledger{Where::memory};
};

CreateOptions with_labels(int count, std::size_t value_bytes) {
  CreateOptions options;
  for (int i = 0; i < count; ++i) {
    options.labels["key" + std::to_string(i)] = std::string(value_bytes, 'v');
  }
  return options;
}

TEST_F(Counts, SixtyFourLabelsAreAllowedAndOneMoreIsNot) {
  EXPECT_EQ(must(ledger->create("demo", with_labels(64, 1))).labels.size(), 64u);
  const auto refusal = failure_of<LimitExceeded>(ledger->create("demo", with_labels(65, 1)));
  EXPECT_EQ(refusal.what, "labels");
  EXPECT_EQ(refusal.limit, 64u);
  EXPECT_EQ(refusal.actual, 65u);
}

TEST_F(Counts, AnEventOfExactlySixtyThousandBytesIsAllowedAndOneMoreIsNot) {
  // Everything within its own limit; the last label's value fills the event up.
  CreateOptions options = with_labels(57, 1024);
  options.labels["z"] = "";
  const auto create_with = [&](std::size_t bytes) {
    options.labels["z"] = std::string(bytes, 'z');
    return ledger->create("demo", options, dry_run());
  };
  std::size_t fits = 0;
  while (fits < 1024 && create_with(fits + 1)) ++fits;
  ASSERT_GT(fits, 0u);
  ASSERT_LT(fits, 1024u);
  const auto refusal = failure_of<LimitExceeded>(create_with(fits + 1));
  EXPECT_EQ(refusal.what, "event bytes");
  EXPECT_EQ(refusal.limit, 60'000u);
  EXPECT_EQ(refusal.actual, 60'001u);
  EXPECT_EQ(failure_of<LimitExceeded>(create_with(fits + 10)).actual, 60'010u);
  EXPECT_EQ(log_size(*ledger), Position{0});

  options.labels["z"] = std::string(fits, 'z');
  const DeploymentAnswer created = must(ledger->create("demo", options));
  EXPECT_EQ(must(ledger->get(created.id)).labels, options.labels);
  EXPECT_EQ(std::get<Created>(last_event(*ledger).payload).labels, options.labels);
}

TEST_F(Counts, AnEventTooLargeCostsNoPositionAndNoId) {
  EXPECT_TRUE(fails_with<LimitExceeded>(ledger->create("demo", with_labels(64, 1024))));
  EXPECT_EQ(log_size(*ledger), Position{0});
  EXPECT_EQ(create(*ledger), DeploymentId{1});
  EXPECT_EQ(log_size(*ledger), Position{1});
}

TEST_F(Counts, APageHoldsOneToAThousand) {
  create(*ledger);
  const auto check = [&](const auto& query) {
    PageRequest page;
    page.limit = 1000;
    EXPECT_TRUE(ok(query(page)));
    page.limit = 1001;
    const auto refusal = failure_of<LimitExceeded>(query(page));
    EXPECT_EQ(refusal.what, "limit");
    EXPECT_EQ(refusal.limit, 1000u);
    EXPECT_EQ(refusal.actual, 1001u);
    page.limit = 0;
    EXPECT_EQ(failure_of<InvalidArgument>(query(page)).what, "limit");
  };
  check([&](const PageRequest& page) { return ledger->list("demo", {}, page); });
  check([&](const PageRequest& page) { return ledger->owners(page); });
  check([&](const PageRequest& page) { return ledger->activations("demo", "live", page); });
  check([&](const PageRequest& page) { return ledger->history({}, page); });
  check([&](const PageRequest& page) { return ledger->read(Position{1}, page.limit); });
}

}  // namespace
}  // namespace purser::limits_test
