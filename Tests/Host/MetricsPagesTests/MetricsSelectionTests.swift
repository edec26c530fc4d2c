import MetricsPages
import Testing

@Suite("Pages of metrics")
struct MetricsSelectionTests {
  private let text = """
    # HELP runs_total Runs.
    # TYPE runs_total counter
    runs_total{function="Mine",outcome="success"} 3
    runs_total{function="Other",outcome="success"} 4
    # HELP requests_total Requests.
    # TYPE requests_total counter
    requests_total{route="GET /mine",status="200"} 5
    requests_total{route="GET /other",status="200"} 6
    # HELP up Without labels.
    # TYPE up gauge
    up 1
    # HELP mine_cache_entries Entries.
    # TYPE mine_cache_entries gauge
    mine_cache_entries{} 7
    # HELP mine_cache_hits_total Hits.
    # TYPE mine_cache_hits_total counter
    mine_cache_hits_total{function="Mine"} 8

    """

  private func page(_ prefix: String, others: [String]) -> MetricsSelection {
    MetricsSelection(functions: ["Mine"], routes: ["GET /mine"], prefix: prefix, otherPrefixes: others)
  }

  @Test("show what belongs to their functions and routes, each below its description")
  func rest() {
    #expect(
      page("", others: ["mine_cache_"]).text(of: text) == """
        # HELP runs_total Runs.
        # TYPE runs_total counter
        runs_total{function="Mine",outcome="success"} 3
        # HELP requests_total Requests.
        # TYPE requests_total counter
        requests_total{route="GET /mine",status="200"} 5

        """)
  }

  @Test("show metrics of their prefix whatever labels they have")
  func prefixed() {
    let shown = page("mine_cache_", others: [""]).text(of: text)
    #expect(
      shown.contains("\nmine_cache_entries{} 7\n") && shown.contains("\nmine_cache_hits_total{function=\"Mine\"} 8\n"))
    #expect(!shown.contains("runs_total"))
  }
}
