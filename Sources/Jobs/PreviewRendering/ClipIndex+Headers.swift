import ClipIndexing
import Previews

extension ClipIndex {
  /// The headers of those clips that can have one.
  init(_ plan: ClipPlan, headers: any ClipHeaders) {
    self.init()
    for start in plan.starts {
      let end = ClipPlan.exclusiveEnd(end: plan.end(ofClipAt: start), length: plan.length)
      if let header = headers.header(start: start, end: end) { append(header.encoded, ofClipAt: start) }
    }
  }
}
