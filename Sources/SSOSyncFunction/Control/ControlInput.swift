// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncConfiguration
internal import SSOSyncCore

/// What the role *control* accepts, and nothing else.
enum ControlInput: Equatable {
    /// Plan for everyone on all targets, and change nothing.
    case plan
    /// Apply exactly what was approved.
    case apply(PlanApproval, hash: String)
    /// Apply, and let exactly one set of removals pass the brake.
    case releaseBrake(hash: String)
    /// Look at everything that a run needs.
    case doctor

    /// The most bytes that anybody sends: an approval has a hundred for each target.
    private static let limit = 1 << 20

    /// Tells what a payload is.
    ///
    /// - Throws: ``FunctionFailure`` if it is anything else.
    init(_ payload: [UInt8]) throws(FunctionFailure) {
        // The reader for people is strict: nothing stands twice, nothing follows.
        guard payload.count <= Self.limit,
            let document = try? DocumentReader().document(payload, file: "payload.json"), document.keys == ["sso-sync"],
            let order = document["sso-sync"], order["v"]?.isOne == true, let verb = order["do"]?.text
        else { throw Self.refusal }
        switch (verb, order.keys) {
        case ("plan", ["do", "v"]): self = .plan
        case ("doctor", ["do", "v"]): self = .doctor
        case ("release-brake", ["do", "hash", "v"]): self = .releaseBrake(hash: try Self.hash(order, digits: 16))
        case ("apply", ["approval", "do", "hash", "v"]):
            guard let approval = Self.approval(payload) else { throw Self.refusal }
            self = .apply(approval, hash: try Self.hash(order, digits: 64))
        default: throw Self.refusal
        }
    }

    private static let refusal = FunctionFailure.refused(
        #"this function takes {"sso-sync":{"v":1,"do":"plan"}}, and likewise apply, release-brake and doctor"#
    )

    private static func hash(_ order: ConfigurationValue, digits: Int) throws(FunctionFailure) -> String {
        guard let text = order["hash"]?.text, text.utf8.count == digits,
            text.utf8.allSatisfy(\.isLowercaseHexadecimalDigit)
        else { throw .refused("the hash has to have \(digits) hexadecimal digits, in small letters") }
        return text
    }

    private static func approval(_ payload: [UInt8]) -> PlanApproval? {
        struct Payload: Decodable {
            struct Order: Decodable { let approval: PlanApproval }
            let order: Order
            enum CodingKeys: String, CodingKey { case order = "sso-sync" }
        }
        return try? JSONDecoder().decode(Payload.self, from: Data(payload)).order.approval
    }
}
