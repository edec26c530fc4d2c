package import Invocations
import EventBus
package import FoundationEssentials
package import Core

/// What the record of an ended invocation becomes at its destination.
package struct Destinations {
  package let rules: RuleStore
  package let region: String
  package let accountID: String

  package init(rules: RuleStore, region: String, accountID: String) {
    self.rules = rules
    self.region = region
    self.accountID = accountID
  }

  package func invocations(
    _ target: DestinationTarget, record: JSONValue, source: NewInvocation, now: Date
  ) -> [NewInvocation] {
    switch target {
    case .function(let name):
      guard let payload = try? JSON.encode(record) else { return [] }
      return [
        NewInvocation(
          id: RequestID.make(), function: name, payload: payload, messageGroupID: source.messageGroupID,
          enqueuedAt: now)
      ]
    case .eventBus(let name):
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
      let isSuccess = record["requestContext"]?["condition"]?.stringValue == "Success"
      let event = BusEvent(
        id: RequestID.make(), source: "lambda",
        detailType: "Lambda Function Invocation Result - \(isSuccess ? "Success" : "Failure")", account: accountID,
        time: now, region: region,
        resources: [record["requestContext"]?["functionArn"]?.stringValue].compactMap(\.self), detail: record)
      return rules.router.route(event, bus: name, now: now).invocations
    }
  }
}
