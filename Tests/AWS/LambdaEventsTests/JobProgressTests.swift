import LambdaEvents
import Testing

@Suite("Progress of jobs")
struct JobProgressTests {
  private func progress(_ document: String, _ records: [String]) -> JobProgress {
    var progress = JobProgress()
    progress.setDocument(document.utf8)
    for (number, record) in records.enumerated() { progress.setRecord("part-\(number)", "tag", record.utf8) }
    return progress
  }

  @Test(
    "a job is under way until its status says otherwise",
    arguments: [
      ("queued", JobProgress.Phase.underWay), ("processing", .underWay), ("unheard of", .underWay), ("ready", .done),
      ("complete", .done), ("not_needed", .done), ("failed", .failed), ("cancelled", .failed),
    ])
  func phases(status: String, phase: JobProgress.Phase) {
    #expect(progress(#"{"status":"\#(status)"}"#, []).phase == phase)
  }

  @Test("the parts' records add up; parts without a record count as average ones that have not begun")
  func sums() {
    let records = [#"{"done":10,"total":40}"#, #"{"done":5,"total":20,"isComplete":true}"#]
    #expect(progress(#"{"parts":2}"#, records).report(now: 0).percent == 50)
    #expect(progress(#"{"parts":4}"#, records).report(now: 0).percent == 25)
    // More records than the document knows of.
    #expect(progress(#"{"parts":1}"#, records).report(now: 0).percent == 50)
  }

  @Test("percent stays below 100 while the job is under way, and nothing is judged from nothing")
  func bounds() {
    #expect(progress(#"{"parts":1}"#, [#"{"done":9,"total":9}"#]).report(now: 0).percent == 99)
    #expect(progress(#"{"parts":1}"#, [#"{"done":90,"total":9}"#]).report(now: 0).percent == 99)
    #expect(progress(#"{"parts":1}"#, [#"{"done":-3,"total":9}"#]).report(now: 0).percent == 0)
    for record in ["", "[]", "{}", #"{"done":1}"#, #"{"done":1,"total":0}"#, #"{"done":1,"total":-4}"#] {
      let report = progress(#"{"parts":1}"#, [record]).report(now: 1000)
      #expect(report.percent == 0 && report.secondsLeft == nil)
    }
  }

  @Test("seconds left follow from the earliest start; they are at least one")
  func seconds() {
    let records = [#"{"done":1,"total":4,"startedAt":3000}"#, #"{"done":1,"total":4,"startedAt":1000}"#]
    #expect(progress(#"{"parts":2}"#, records).report(now: 11_000).secondsLeft == 30)
    #expect(progress(#"{"parts":2}"#, records).report(now: 1001).secondsLeft == 1)
    #expect(progress(#"{"parts":2}"#, records).report(now: 1000).secondsLeft == nil)
    #expect(progress(#"{"parts":2}"#, [#"{"done":0,"total":4,"startedAt":0}"#]).report(now: 9).secondsLeft == nil)
  }

  @Test("a record is read again only if it has changed, and replaces what it was")
  func changes() {
    var progress = progress(#"{"parts":1}"#, [#"{"done":1,"total":4}"#])
    #expect(progress.isKnown("part-0", "tag") && !progress.isKnown("part-0", "new") && !progress.isKnown("x", "tag"))
    progress.setRecord("part-0", "new", #"{"done":3,"total":4}"#.utf8)
    #expect(progress.report(now: 0).percent == 75)
    // A document that is no JSON changes nothing.
    progress.setDocument("{".utf8)
    #expect(progress.report(now: 0).percent == 75)
  }

  @Test("an event's data is one line")
  func event() {
    let data = progress(#"{"status":"processing","parts":1}"#, [#"{"done":1,"total":4,"startedAt":0}"#]).json(now: 1000)
    #expect(String(decoding: data, as: UTF8.self) == #"{"percent":25,"secondsLeft":3,"status":"processing"}"#)
    let event = ServerSentEvent.encode("done", "{\n\"a\":1\r\n}".utf8)
    #expect(String(decoding: event, as: UTF8.self) == "event: done\ndata: {\"a\":1}\n\n")
  }
}
