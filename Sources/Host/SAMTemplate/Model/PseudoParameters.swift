/// What `AWS::Region` and its likes stand for.
package struct PseudoParameters: Sendable, Equatable {
  package var region: String
  /// Twelve digits.
  package var accountID: String
  package var stackName: String

  package init(region: String = "us-east-1", accountID: String = "000000000000", stackName: String = "zoetrope") {
    self.region = region
    self.accountID = accountID
    self.stackName = stackName
  }

  var partition: String { region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws" }
  var urlSuffix: String { region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com" }
}
