/// An `AWS::Events::ApiDestination` with its connection: where events are posted to.
package struct APIDestinationResource: Sendable, Equatable {
  package let logicalID: String
  /// `Name`, or the logical id.
  package let name: String
  package let arn: String
  /// `POST`, `PUT`, `PATCH` or `DELETE`.
  package let method: String
  /// As the template writes it; whether it is an address that may be called is for the sender to say.
  package let endpoint: String
  /// Requests a second, 1 … 300, default 300.
  package let rateLimit: Int
  package let authorization: ConnectionResource.Authorization
  /// Headers of the connection, which every request has.
  package let headers: [NamedText]
  /// Parameters of the query, which every request has.
  package let query: [NamedText]
  /// `Metadata.Zoetrope.AllowedAddresses`: IP addresses that may be called although they are not public.
  package let allowedAddresses: [String]
}

/// A header, or a parameter of a query.
package struct NamedText: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// An `AWS::Events::Connection`: who calls.
package struct ConnectionResource: Sendable, Equatable {
  package enum Authorization: Sendable, Equatable {
    /// A header of that name.
    case apiKey(name: String, value: String)
    case basic(username: String, password: String)
  }

  package let logicalID: String
  package let name: String
  package let authorization: Authorization
  package let headers: [NamedText]
  package let query: [NamedText]
}
