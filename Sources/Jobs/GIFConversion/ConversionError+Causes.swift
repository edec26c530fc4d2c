package import Conversions
import Core
import MediaTypes
import RemoteFetch

extension ConversionError {
  /// What a failed conversion is for its caller.
  ///
  /// - Returns: `nil` where the caller has nothing to do with it and another try may help: no disk, no memory, no store.
  package init?(cause: any Error) {
    switch cause {
    case let error as ConversionError:
      self = error
    case let error as RemoteFetchError:
      let kind: Kind? =
        switch error.kind {
        case .invalidURL, .hostNotAllowed, .addressRefused: .hostNotAllowed
        case .tooManyRedirects, .sourceFailed, .replaced, .tooSlow: .sourceFailed
        case .tooLarge: .sourceTooLarge
        case .cancelled: nil
        }
      guard let kind else { return nil }
      self.init(kind, error.message)
    case let error as MediaError:
      let kind: Kind? =
        switch error.kind {
        case .tooLarge, .overBudget: .sourceTooLarge
        case .truncated: .sourceFailed
        case .invalidRequest: .badParameter
        case .encodeFailed, .cancelled: nil
        default: .notAVideo
        }
      guard let kind else { return nil }
      self.init(kind, error.message)
    default:
      return nil
    }
  }
}
