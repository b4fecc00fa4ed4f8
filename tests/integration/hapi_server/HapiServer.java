import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.net.InetSocketAddress;
import java.util.Properties;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/**
 * HAPI's own JPA server for R4, on the loopback and in memory: {@code java HapiServer.java PORT}.
 *
 * <p>Its REST base is {@code http://127.0.0.1:PORT/fhir}.
 */
public class HapiServer {

  public static void main(String[] arguments) throws Exception {
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    ApplicationContext context = new AnnotationConfigApplicationContext(Storage.class);
    ServletContextHandler root = new ServletContextHandler();
    root.addServlet(new ServletHolder(new Endpoint(context)), "/fhir/*");
    server.setHandler(root);
    server.start();
    server.join();
  }

  /** The REST interface: nothing beyond what every HAPI offers. */
  static class Endpoint extends RestfulServer {

    private final transient ApplicationContext context;

    Endpoint(ApplicationContext context) {
      super(context.getBean(FhirContext.class));
      this.context = context;
    }

    @Override
    protected void initialize() {
      registerProviders(context.getBean(ResourceProviderFactory.class).createProviders());
      registerProvider(context.getBean(JpaSystemProvider.class));
      setPagingProvider(context.getBean(DatabaseBackedPagingProvider.class));
      setDefaultResponseEncoding(EncodingEnum.JSON);
      setServerConformanceProvider(
          new JpaCapabilityStatementProvider(
              this,
              context.getBean(IFhirSystemDao.class),
              context.getBean(JpaStorageSettings.class),
              context.getBean(ISearchParamRegistry.class),
              context.getBean(IValidationSupport.class)));
    }
  }

  /** HAPI's own configuration, on a database that is gone with the process. */
  // No proxies: Spring could not subclass a class that was compiled in memory.
  @Configuration(proxyBeanMethods = false)
  @EnableTransactionManagement
  @Import({
    JpaR4Config.class,
    HapiJpaConfig.class,
    JpaBatch2Config.class,
    Batch2JobsConfig.class,
    SubscriptionChannelConfig.class,
    ThreadPoolFactoryConfig.class
  })
  static class Storage {

    @Bean
    JpaStorageSettings storageSettings() {
      JpaStorageSettings settings = new JpaStorageSettings();
      // As the public sandbox has it.
      settings.setAllowMultipleDelete(true);
      settings.setAllowExternalReferences(true);
      return settings;
    }

    @Bean
    SubscriptionSettings subscriptionSettings() {
      return new SubscriptionSettings();
    }

    @Bean
    PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    @Bean(destroyMethod = "dispose")
    DataSource dataSource() {
      return JdbcConnectionPool.create("jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1", "sa", "");
    }

    @Bean
    @Primary
    LocalContainerEntityManagerFactoryBean entityManagerFactory(
        ConfigurableListableBeanFactory beans,
        FhirContext context,
        JpaStorageSettings settings,
        DataSource dataSource) {
      Properties properties = new Properties();
      properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      properties.put("hibernate.hbm2ddl.auto", "create");
      properties.put("hibernate.search.enabled", "false");
      LocalContainerEntityManagerFactoryBean factory =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, settings);
      factory.setPersistenceUnitName("hapi");
      factory.setDataSource(dataSource);
      factory.setJpaProperties(properties);
      return factory;
    }

    @Bean
    @Primary
    JpaTransactionManager transactionManager(EntityManagerFactory factory) {
      return new JpaTransactionManager(factory);
    }
  }
}
