import Synchronization

/// Where the documents of jobs are that were written lately: the job kit keeps each at `…/job.json`, with the records of its
/// parts below `…/parts/`. What a job does is not known here, and need not be.
package final class JobWatch: Sendable {
  package struct Place: Sendable, Codable, Hashable {
    package var bucket: String
    /// Of the document.
    package var key: String

    package init(bucket: String, key: String) {
      self.bucket = bucket
      self.key = key
    }

    /// Prefix of the parts' records.
    package var records: String { "\(key.dropLast(JobWatch.document.count - 1))parts/" }
  }

  package static let document = "/job.json"
  package static let capacity = 500

  /// The newest last.
  private let places = Mutex<[Place]>([])
  private let history: ActivityHistory?

  /// - Parameter history: gets what is new, so that the next run knows it.
  package init(history: ActivityHistory? = nil, known: [Place] = []) {
    self.history = history
    for place in known { add(place) }
  }

  /// An object was committed, or removed.
  package func changed(bucket: String, key: String, isRemoved: Bool) {
    guard key.hasSuffix(Self.document) else { return }
    let place = Place(bucket: bucket, key: key)
    if isRemoved { return places.withLock { $0.removeAll { $0 == place } } }
    if add(place) { history?.append(.job(place)) }
  }

  /// The newest first.
  package func newest(_ limit: Int) -> [Place] { places.withLock { Array($0.suffix(limit).reversed()) } }

  /// - Returns: whether it was not known.
  @discardableResult
  private func add(_ place: Place) -> Bool {
    places.withLock { places in
      if let index = places.lastIndex(of: place) {
        places.append(places.remove(at: index))
        return false
      }
      if places.count == Self.capacity { places.removeFirst() }
      places.append(place)
      return true
    }
  }
}
