package import Conversions
package import Core
import EventBus

/// The event that starts a conversion.
package enum ConversionEvent {
  package static let source = "zoetrope.conversion"
  package static let detailType = "conversionRequested"

  static func entry(_ parameters: ConversionParameters) -> PutEventsEntry {
    PutEventsEntry(
      source: source, detailType: detailType,
      detail: .object(["id": .string(parameters.key), "key": parameters.document]))
  }

  /// - Parameter event: as the bus delivers it, or its detail alone.
  /// - Throws: `ConversionError` `BadParameter`.
  package static func parameters(
    of event: JSONValue, limits: ConversionParameters.Limits
  ) throws(ConversionError) -> ConversionParameters {
    try ConversionParameters(document: (event["detail"] ?? event)["key"] ?? .null, limits: limits)
  }
}
