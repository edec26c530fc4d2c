import Observability
import Testing

@Suite("Metrics of functions")
struct FunctionMetricsTests {
  private func line(_ metrics: String, _ values: String, dimensions: String = #""function""#) -> String {
    #"{"_aws":{"CloudWatchMetrics":[{"Dimensions":[["# + dimensions + #"]],"Metrics":["# + metrics
      + #"],"Namespace":"zoetrope"}],"Timestamp":1},"function":"F","# + values + "}"
  }

  @Test("lines add up: counters, gauges and histograms")
  func sums() {
    let metrics = FunctionMetrics()
    let counter = #"{"Name":"made_total","Unit":"Count"}"#
    metrics.add(line(counter, #""made_total":2"#))
    metrics.add(line(counter, #""made_total":3"#))
    metrics.add(line(#"{"Name":"waiting","Unit":"None"}"#, #""waiting":7"#))
    metrics.add(line(#"{"Name":"waiting","Unit":"None"}"#, #""waiting":4"#))
    metrics.add(line(#"{"Name":"run_seconds","Unit":"Seconds"}"#, #""run_seconds":[0.5,20]"#))
    let text = metrics.text()
    #expect(text.contains("# TYPE made_total counter\nmade_total{function=\"F\"} 5\n"))
    #expect(text.contains("# TYPE waiting gauge\nwaiting{function=\"F\"} 4\n"))
    #expect(text.contains("run_seconds_bucket{function=\"F\",le=\"0.5\"} 1\n"))
    #expect(text.contains("run_seconds_bucket{function=\"F\",le=\"30\"} 2\n"))
    #expect(text.contains("run_seconds_sum{function=\"F\"} 20.5\nrun_seconds_count{function=\"F\"} 2\n"))
  }

  @Test("dimensions become labels")
  func labels() {
    let metrics = FunctionMetrics()
    metrics.add(
      line(
        #"{"Name":"a_total","Unit":"Count"}"#, #""a_total":1,"outcome":"said \"no\"""#,
        dimensions: #""function","outcome""#))
    #expect(metrics.text().contains(#"a_total{function="F",outcome="said \"no\""} 1"#))
  }

  @Test(
    "what is no metric, or would break the text, is passed over",
    arguments: [
      "", "{}", "START RequestId: 1", #"{"CloudWatchMetrics":1}"#, #"{"_aws":{"CloudWatchMetrics":{}}}"#,
      #"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"a b"}]}]},"a b":1}"#,
      #"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"zoetrope_invocations_total"}]}]},"zoetrope_invocations_total":1}"#,
      #"{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"x"}]}]},"x":"text"}"#,
    ])
  func passedOver(line: String) {
    let metrics = FunctionMetrics()
    metrics.add(line)
    #expect(metrics.text() == "")
  }

  @Test("memory is bounded, whatever functions record")
  func bounded() {
    let metrics = FunctionMetrics()
    for number in 0..<3000 { metrics.add(line(#"{"Name":"m\#(number)_total"}"#, #""m\#(number)_total":1"#)) }
    #expect(metrics.text().split(separator: "\n").filter { !$0.hasPrefix("#") }.count == 2000)
  }
}
