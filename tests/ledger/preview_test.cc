#include "purser/preview.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace purser::preview_test {
namespace {

constexpr char kVariable[] = "DEPLOYMENT_PREVIEW_DOMAIN";

class Preview : public testing::Test {
 protected:
  ~Preview() override { unsetenv(kVariable); }
};

TEST_F(Preview, UrlIsOneHostPerIdentifierBelowTheDomain) {
  EXPECT_EQ(preview_url({"preview.example.org"}, "0b7e"), "https://0b7e.preview.example.org/");
}

TEST_F(Preview, WithoutADomainThereIsNoUrl) { EXPECT_EQ(preview_url({}, "0b7e"), std::nullopt); }

TEST_F(Preview, FromEnvReadsTheDomain) {
  setenv(kVariable, "preview.example.org", 1);
  EXPECT_EQ(DeploymentConfig::from_env().preview_domain, "preview.example.org");
}

TEST_F(Preview, FromEnvTakesUnsetAndEmptyAsNoDomain) {
  unsetenv(kVariable);
  EXPECT_EQ(DeploymentConfig::from_env().preview_domain, std::nullopt);
  setenv(kVariable, "", 1);
  EXPECT_EQ(DeploymentConfig::from_env().preview_domain, std::nullopt);
}

}  // namespace
}  // namespace purser::preview_test
