/// A moment of a video that has been asked for and is not there yet, or has failed. One that is there is a file of its own.
package struct PendingMoment: Sendable, Codable, Equatable {
  /// Of the file that comes of it.
  package var id: String
  /// `queued`, `processing` or `failed`.
  package var status: DerivativeStatus
  /// Seconds of the video.
  package var start: Double?
  package var end: Double?
  /// `mp4`, `gif` or `webp`.
  package var format: String?
  package var error: String?

  package init(id: String, status: DerivativeStatus) {
    self.id = id
    self.status = status
  }

  var isUnderWay: Bool { status == .queued || status == .processing }
}

extension FileRecord {
  /// Moments that a record keeps; the oldest give way.
  package static let mostMoments = 20

  /// Changes a moment that is not there yet, or adds one with the status `queued`.
  package mutating func setMoment(_ id: String, _ change: (inout PendingMoment) -> Void) {
    guard derivedFileIds?.contains(id) != true else { return }
    var all = moments ?? []
    let place = all.firstIndex { $0.id == id } ?? all.endIndex
    if place == all.endIndex { all.append(PendingMoment(id: id, status: .queued)) }
    change(&all[place])
    keep(all.suffix(Self.mostMoments))
  }

  /// A moment is a file now.
  package mutating func endMoment(_ id: String) { keep((moments ?? []).filter { $0.id != id }) }

  private mutating func keep(_ all: some Collection<PendingMoment>) {
    moments = all.isEmpty ? nil : Array(all)
    momentsStatus = all.contains(where: \.isUnderWay) ? .processing : nil
  }
}
