/// Keys and tokens made by another implementation (joserfc 1.6), `exp` 1800000000.
enum Vectors {
  static let all: [(algorithm: String, key: String, token: String)] = [
    (
      "HS256",
      #"{"k": "rOGvuIYUgYRzgnFIO8cG-mtGI7uIIqG_nOA2AhCQdJ0", "kid": "oct-1", "kty": "oct"}"#,
      #"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6Im9jdC0xIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDAwMCwi"#
        + #"bGlicmFyaWVzIjp7ImxpYiI6Im93bmVyIn19.PpdyCbVedZh4EvAPx8MjTdcb7-HLuDl_GeReCgleFx0"#
    ),
    (
      "RS256",
      #"{"e": "AQAB", "kid": "rsa-1", "kty": "RSA", "n": "2N0bTrXd-P-9N0eu4p8Pxd73MeS3YDGKNzIMKAXPucxUT-xmkn"#
        + #"6CMoYR7Mc7qwv3UPjdJ1JyW4Gpzhxesk1PKZ6RjX1VBHMhMJ-pK0jwqgYAj3YedcldMBXbshIhufYG62UtnaYOFDd-V6HjcykfTn"#
        + #"UqbpXzy6EBUgUJxiIWRmReuXwFxDdSPZSHDHOpZT9Ao8LpCZIRRQP-PPmlaq_4we0elVVliSieNSWBsFO6NSU5Cnyn4uB4Hkqf9J"#
        + #"geiwAX8zijD4OjOHSLMMQaXjjS3ciEnqxfgVL5fkPuO5PhCL0nk__YDNU2-d4NAkNd-EyYpvuylB7eUu25qOVWe17vFQ"}"#,
      #"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6InJzYS0xIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDAwMCwi"#
        + #"bGlicmFyaWVzIjp7ImxpYiI6Im93bmVyIn19.z-dAfDswJ6JbahshaiE7kK5WcjFTCHPdDpL7iGSn6NMedXyWhLkVbS7nTd865Za"#
        + #"3JfGsYWo9JpbaNZs0Mg_QUsRQ8fJdfhptTSCOFOA7pxIxrIdRhnnhE3gngc7MYJAXM5eYcmX9xSkUqm_vGigq0WVj8oWjX25MIEf"#
        + #"NlmS9xUCK_AklNCn42LvL8J--3RRn2WROMexYqaR34B0hQqDM7iPvCP7q-LayIVsUNNdt6D6tzp0wk8GRYVSqWbMZcigbEId2R5L"#
        + #"QQRJx0Rgo3QSZz_YTUfyLC7CXITFlPn6w_5C2e27jDf1JUp2AjPsjUOKyjmyOuRaJw-oZZODakGflwQ"#
    ),
    (
      "ES256",
      #"{"crv": "P-256", "kid": "ec-1", "kty": "EC", "x": "sKCadVc9a1SGZJKgU1ZedBYyy6GXMoue-FmJn251_6Q", "y""#
        + #": "Jk_lsJIIgOYozkS48DGbMeC3fjzylIxlO0kjx5b3KPg"}"#,
      #"eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImVjLTEifQ.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDAwMCwib"#
        + #"GlicmFyaWVzIjp7ImxpYiI6Im93bmVyIn19.Ohh1cHIfwm-OQ_F_jlmqZ0YEDap6kGVejHXhurl2TruNlvCqjCaG8B7tM_pWTlID"#
        + #"2gdCIg4zZ8UG7EHxSPjQ8Q"#
    ),
    (
      "EdDSA",
      #"{"crv": "Ed25519", "kid": "okp-1", "kty": "OKP", "x": "E7dMpK1BWxfH45hvCSuNrVsvckRb_wbsfuVBGgy6ax0"}"#,
      #"eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSIsImtpZCI6Im9rcC0xIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MTgwMDAwMDAwMCwi"#
        + #"bGlicmFyaWVzIjp7ImxpYiI6Im93bmVyIn19.BOtvdSgTxCW3_lRYTC6CMMiME-oPPSL8gaRHe-dNLBOvWDoCffK5YMWV7GRLwWO"#
        + #"udKFs0dL1jeDx7R8qv12_BA"#
    ),
  ]
}
