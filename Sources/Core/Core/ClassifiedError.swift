/// An error that knows its own fate: what happened, to what, and whether another try can help.
///
/// Everything thrown across a module border conforms, so that one place (the run loop, the command line, the HTTP error
/// mapping) can decide what to do without knowing where the error came from.
package protocol ClassifiedError: Error, CustomStringConvertible {
  /// Stable, in the field's own words (`NoSuchKey`, `InvalidMedia`, `ConnectionReset`); for logs, metrics and tests.
  var code: String { get }

  /// One sentence for a person: names the thing, the expected form and what was found.
  var message: String { get }

  /// `true` where the same call may succeed later with nothing changed ("try again"), `false` for "never will work".
  var isRetryable: Bool { get }
}

extension ClassifiedError {
  package var description: String { "\(code): \(message)" }
}
