#include "verb_options.h"

#include "purser/pointer.h"

namespace purser::tools {

CLI::Option* add_text_option(CLI::App& verb, const std::string& name,
                             std::optional<std::string>& target, const std::string& type_name,
                             const std::string& description) {
  return verb
      .add_option_function<std::string>(
          name, [&target](const std::string& text) { target = text; }, description)
      ->type_name(type_name);
}

CLI::Option* add_argument(CLI::App& verb, const std::string& name, std::string& target,
                          const std::string& description) {
  return verb.add_option(name, target, description)->required()->type_name("");
}

CLI::Option* add_label_option(CLI::App& verb, std::vector<std::string>& target,
                              const std::string& description) {
  return verb.add_option("--label", target, description)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

CLI::Option* add_channel_option(CLI::App& verb, std::string& target) {
  target = kLiveChannel;
  return verb.add_option("--channel", target, "The pointer's name; live unless given")
      ->type_name("NAME");
}

CLI::Option* add_at_option(CLI::App& verb, std::optional<std::string>& target) {
  return add_text_option(verb, "--at", target, "MOMENT",
                         "As it was after the event at a position, or at a time, a date or a time "
                         "ago (2h, 7d); now unless given");
}

CLI::Option* add_trust_option(CLI::App& verb, StoreTreeOptions& target) {
  return verb.add_flag("--trust-mtime", target.trust_mtime,
                       "Do not read files that look as when --trust-mtime last read them");
}

CLI::Option* add_expect_option(CLI::App& verb, std::optional<std::string>& target) {
  return add_text_option(verb, "--expect", target, "GENERATION",
                         "Refuse unless the pointer is at this generation (0: never moved)");
}

}  // namespace purser::tools
