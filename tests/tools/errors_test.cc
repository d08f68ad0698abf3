// The JSON and the exit code of every error there is, whether or not the program can be made to
// meet it.
#include "errors.h"

#include <gtest/gtest.h>

#include <set>
#include <variant>
#include <vector>

#include "escape.h"

namespace purser::tools::errors_test {
namespace {

constexpr DeploymentId kId{3};
const Timestamp kTime{1'000'000};

struct Case {
  Error error;
  int code;
  const char* fields;
};

const std::vector<Case>& all_errors() {
  static const std::vector<Case> kAll{
      {NotFound{kId, "deployment 3"}, 3, R"("id":3,"what":"deployment 3")"},
      {NotFound{{}, "x"}, 3, R"("id":null,"what":"x")"},
      {PathNotFound{kId, "a"}, 3, R"("id":3,"path":"a")"},
      {NotBuilding{kId, DeploymentStatus::ready}, 4, R"("id":3,"status":"ready")"},
      {NotReady{kId, DeploymentStatus::failed}, 4, R"("id":3,"status":"failed")"},
      {EmptyArtifact{kId}, 4, R"("id":3)"},
      {ArtifactDeleted{kId, kTime}, 4, R"("id":3,"when":"1970-01-01T00:00:01.000000Z")"},
      {WrongOwner{kId, "a", "b"}, 4, R"("id":3,"owner":"a","actual":"b")"},
      {MarkedBad{kId, "r"}, 4, R"("id":3,"reason":"r")"},
      {Frozen{"o", "c", "b", "r"}, 4, R"("owner":"o","channel":"c","by":"b","reason":"r")"},
      {Conflict{Generation{1}, Generation{2}}, 4, R"("expected":1,"actual":2)"},
      {NotOlder{kId, DeploymentId{4}}, 4, R"("id":3,"active":4)"},
      {NoPreviousDeployment{"o", "c", {{kId, SkipReason::bad}, {{}, SkipReason::nothing_active}}},
       4,
       R"("owner":"o","channel":"c","skipped":[{"deployment":3,"why":"bad"},)"
       R"({"deployment":null,"why":"nothing_active"}])"},
      {Sealed{kId}, 4, R"("id":3)"},
      {InvalidPath{"../a", "w"}, 2, R"("path":"../a","why":"w")"},
      {InvalidPath{"\xff", "w"}, 2, R"("path":"�","path_hex":"ff","why":"w")"},
      {InvalidArgument{"a", "w"}, 2, R"("what":"a","why":"w")"},
      {LimitExceeded{"a", 1, 2}, 2, R"("what":"a","limit":1,"actual":2)"},
      {RequestIdReused{"k", Position{7}}, 4, R"("request_id":"k","position":7)"},
      {InUse{kId, {{"live", ReferrerRole::active}, {"", ReferrerRole::pinned, "r"}}}, 4,
       R"("id":3,"referrers":[{"channel":"live","role":"active","reason":null},)"
       R"({"channel":null,"role":"pinned","reason":"r"}])"},
      {AlreadyExists{"p", "a link"}, 4, R"("path":"p","what":"a link")"},
      {Busy{12}, 5, R"("pid":12)"},
      {ReadOnly{ReadOnlyReason::poisoned}, 8, R"("why":"poisoned")"},
      {Corruption{"anchor", "w"}, 6, R"("where":"anchor","what":"w")"},
      {LedgerTruncated{Position{1}, Position{2}}, 6, R"("have":1,"expected":2)"},
      {UnsupportedVersion{"m", 2, 1}, 6, R"("what":"m","found":2,"known":1)"},
      {NoSpace{"p", 1, 2}, 8, R"("path":"p","available":1,"needed":2)"},
      {Io{"open", "p", "w"}, 8, R"("operation":"open","path":"p","why":"w")"},
      {Cancelled{}, 1, ""},
      {OutcomeUnknown{"k", Position{7}}, 7, R"("request_id":"k","position":7)"},
      {OutcomeUnknown{{}, Position{7}}, 7, R"("request_id":null,"position":7)"},
  };
  return kAll;
}

TEST(ErrorsTest, EveryFieldOfEveryErrorIsToldAfterCodeAndMessage) {
  std::set<std::size_t> seen;
  for (const auto& [error, code, fields] : all_errors()) {
    seen.insert(error.detail().index());
    Json json = json_of(error);
    EXPECT_EQ(json["message"], replace_invalid(error.message()));
    json.erase("message");
    json.erase("message_hex");
    const std::string start = "{\"code\":\"" + std::string(error.name()) + "\"";
    EXPECT_EQ(to_line(json), start + (*fields == '\0' ? "" : ",") + fields + "}");
    EXPECT_EQ(exit_code(error), code) << error.name();
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<ErrorDetail>) << "an error is missing here";
}

}  // namespace
}  // namespace purser::tools::errors_test
