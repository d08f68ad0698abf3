#include "clients.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <thread>

namespace purser::peers {

Outcome run_clients(int clients, double seconds, const std::function<Call(int client)>& make,
                    std::uint64_t operations) {
  std::atomic<bool> stop{false};
  std::barrier ready(clients + 1);
  std::vector<std::vector<double>> latencies(static_cast<std::size_t>(clients));
  std::vector<std::thread> threads;
  threads.reserve(latencies.size());
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      const Call call = make(client);
      std::vector<double>& mine = latencies[static_cast<std::size_t>(client)];
      ready.arrive_and_wait();
      do {
        const Clock::time_point start = Clock::now();
        call();
        mine.push_back(us_since(start));
      } while (!stop.load(std::memory_order_relaxed));
    });
  }
  ready.arrive_and_wait();
  const Clock::time_point start = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  Outcome outcome;
  outcome.seconds = seconds_since(start);
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<double>& some : latencies) {
    outcome.latencies_us.insert(outcome.latencies_us.end(), some.begin(), some.end());
  }
  const std::size_t late = latencies.size();  // one of each client
  const std::size_t calls = std::max<std::size_t>(outcome.latencies_us.size() - late, 1);
  outcome.operations = calls * operations;
  return outcome;
}

}  // namespace purser::peers
