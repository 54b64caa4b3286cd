// SPDX-License-Identifier: Apache-2.0

/// Names of endpoints of Amazon RDS that lead to another instance with each connection.
package enum SharedEndpoints {
    /// A cluster's reader endpoint and custom ones, in and out of China, however they are written.
    package static let names = [
        "orders.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com",
        "orders.cluster-ro-abcdefghijkl.cn-north-1.rds.amazonaws.com.cn",
        "orders.cluster-ro-abcdefghijkl.rds.cn-north-1.amazonaws.com.cn",
        "reports.cluster-custom-abcdefghijkl.eu-west-1.rds.amazonaws.com",
        "Orders.Cluster-RO-abcdefghijkl.eu-west-1.RDS.amazonaws.com.",
    ]
}
