#include "delivery_plot.h"

#include <fmt/format.h>

#include "picture.h"

namespace purser::tools {
namespace {

constexpr double kMinuteUs = 60e6;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kTicsMax = 10;  // about

std::string date(std::int64_t day) { return to_rfc3339(Timestamp{day * kDayUs}).substr(0, 10); }

std::string data_blocks(const Delivery& delivery) {
  std::string text = "$days << END\n";
  for (const auto& [day, figures] : delivery.days) {
    text += fmt::format("{}T12:00:00 {} {}\n", date(day), figures.promotions, figures.failed);
  }
  text += "END\n$restored << END\n";
  for (const Restored& one : delivery.restored) {
    text += fmt::format("{} {:.3f}\n", to_rfc3339(one.promoted).substr(0, 19),
                        static_cast<double>(one.us) / kMinuteUs);
  }
  return text + "END\n";
}

// From a day before the first promotion to one after the last, so that bars have room.
std::string time_axis(const Delivery& delivery) {
  const bool any = !delivery.days.empty();
  const std::int64_t first = any ? delivery.days.begin()->first : 0;
  const std::int64_t last = any ? delivery.days.rbegin()->first : 0;
  return fmt::format(
      "set xdata time\n"
      "set timefmt '%Y-%m-%dT%H:%M:%S'\n"
      "set format x '%Y-%m-%d'\n"
      "set rmargin 12\n"
      "set xtics {} rotate by -30\n"
      "set xrange ['{}T00:00:00':'{}T00:00:00']\n",
      kDaySeconds * ((last - first) / kTicsMax + 1), date(first - 1), date(last + 2));
}

constexpr const char* kDays =
    "set key above right horizontal\n"
    "set format y '%g'\n"
    "set style fill solid noborder\n"
    "set boxwidth 69120 absolute\n"
    "set ylabel 'promotions per day'\n"
    "set yrange [0:*]\n"
    "plot $days using 1:2 with boxes title 'promotions' lc rgb '#1f6fb2', "
    "$days using 1:3 with boxes title 'of these failed' lc rgb '#c2571a'\n";

constexpr const char* kRestored =
    "set ylabel 'minutes to restore'\n"
    "plot $restored using 1:2 with points notitle pt 7 lc rgb '#c2571a'\n";

}  // namespace

std::string delivery_script(const Delivery& delivery) {
  const bool any_restored = !delivery.restored.empty();
  return fmt::format("{}set multiplot layout {},1\n{}{}{}{}unset multiplot\n",
                     data_blocks(delivery), any_restored ? 2 : 1, kPanelStyle, time_axis(delivery),
                     kDays, any_restored ? kRestored : "");
}

}  // namespace purser::tools
