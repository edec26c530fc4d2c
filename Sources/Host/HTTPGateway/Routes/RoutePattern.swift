import Encodings

/// The path of a route, taken apart.
struct RoutePattern: Sendable, Equatable {
  /// The path that takes what no other route takes.
  static let fallback = "$default"

  enum Segment: Sendable, Equatable {
    case text(String)
    case variable(String)
    /// Takes the rest of the path; always the last segment.
    case greedy(String)

    /// Lower is more specific.
    fileprivate var rank: Int {
      switch self {
      case .text: 0
      case .variable: 1
      case .greedy: 2
      }
    }
  }

  /// nil for `$default`.
  let segments: [Segment]?

  init(_ path: String) {
    guard path != Self.fallback else {
      segments = nil
      return
    }
    segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
      guard part.hasPrefix("{"), part.hasSuffix("}") else { return .text(String(part)) }
      let name = part.dropFirst().dropLast()
      return name.hasSuffix("+") ? .greedy(String(name.dropLast())) : .variable(String(name))
    }
  }

  var isGreedy: Bool {
    if case .greedy = segments?.last { true } else { false }
  }

  /// The path's variables, decoded, if the path is one of the route's.
  ///
  /// - Parameter path: the segments as on the wire.
  func match(_ path: [Substring]) -> [String: String]? {
    guard let segments else { return [:] }
    guard isGreedy ? path.count >= segments.count : path.count == segments.count else { return nil }
    var variables: [String: String] = [:]
    for (segment, part) in zip(segments, path) {
      switch segment {
      case .text(let text):
        guard part == text || PercentEncoding.decode(String(part)) == text else { return nil }
      case .variable(let name):
        guard !part.isEmpty, let value = PercentEncoding.decode(String(part)) else { return nil }
        variables[name] = value
      case .greedy(let name):
        let rest = path[(segments.count - 1)...].joined(separator: "/")
        guard !rest.isEmpty, let value = PercentEncoding.decode(rest) else { return nil }
        variables[name] = value
      }
    }
    return variables
  }

  /// Whether this one is asked first. API Gateway's order: full matches, greedy ones, `$default`; among alike, text before
  /// variables, from the left; a longer greedy route before a shorter one.
  static func isMoreSpecific(_ a: RoutePattern, _ b: RoutePattern) -> Bool? {
    guard let left = a.segments, let right = b.segments else {
      return a.segments == nil && b.segments == nil ? nil : a.segments != nil
    }
    if a.isGreedy != b.isGreedy { return !a.isGreedy }
    for (x, y) in zip(left, right) where x.rank != y.rank { return x.rank < y.rank }
    return left.count == right.count ? nil : left.count > right.count
  }
}
