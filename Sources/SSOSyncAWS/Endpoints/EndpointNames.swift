// SPDX-License-Identifier: Apache-2.0

/// The host name of a service in a Region, and where services depart from the common pattern.
///
/// After the endpoint rules in the services' published models.
struct EndpointNames {
    private let service: AWSService
    private let region: String
    private let partition: AWSPartition
    private let usesFIPS: Bool
    private let usesDualStack: Bool

    init(_ service: AWSService, region: String, usesFIPS: Bool, usesDualStack: Bool) {
        self.service = service
        self.region = region
        partition = AWSPartition(region: region)
        self.usesFIPS = usesFIPS
        self.usesDualStack = usesDualStack
    }

    /// The host name.
    /// - Throws: ``AWSError`` with the code ``AWSError/Code/invalidArgument`` if there is none.
    var host: String {
        get throws(AWSError) {
            let prefix = hasFIPSName ? "\(service.endpointPrefix)-fips" : service.endpointPrefix
            guard service == .s3 else {
                return "\(prefix).\(region).\(usesDualStack ? partition.dualStackSuffix : partition.suffix)"
            }
            guard !usesFIPS || partition != .china else {
                throw AWSError(.invalidArgument, "S3 has no FIPS endpoints in \(region)")
            }
            return "\(prefix).\(usesDualStack ? "dualstack." : "")\(region).\(partition.suffix)"
        }
    }

    /// Whether FIPS is in the name: in GovCloud, most services' only endpoints are the ones with FIPS.
    private var hasFIPSName: Bool {
        guard usesFIPS, partition == .usGov else { return usesFIPS }
        switch service {
        case .s3, .kms: return true
        case .eventBridge: return false
        default: return usesDualStack
        }
    }
}
